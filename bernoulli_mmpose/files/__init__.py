"""Reading and writing of files, whatever their names and their content."""

from .arrays import read_arrays
from .entries import check_file, is_system_file
from .output import check_output, file_id, identify_files, whole_file, write_whole
from .pictures import (
    IMAGE_SUFFIXES,
    PartialImageWarning,
    image_format,
    list_images,
    read_image,
    read_size,
    to_bgr,
)
from .text import is_name, printable, read_json, read_text

__all__ = [
    'IMAGE_SUFFIXES',
    'PartialImageWarning',
    'check_file',
    'check_output',
    'file_id',
    'identify_files',
    'image_format',
    'is_name',
    'is_system_file',
    'list_images',
    'printable',
    'read_arrays',
    'read_image',
    'read_json',
    'read_size',
    'read_text',
    'to_bgr',
    'whole_file',
    'write_whole',
]
