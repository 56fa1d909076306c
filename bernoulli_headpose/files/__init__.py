"""Reading and writing of files, whatever their names and their content."""

from .assignments import parse_assignments
from .entries import check_file, is_system_file
from .npz import read_arrays
from .output import (
    FileId,
    check_folder,
    check_output,
    file_id,
    identify_files,
    remove_old_parts,
    whole_file,
    write_picture,
    write_whole,
)
from .pictures import (
    IMAGE_SUFFIXES,
    UNREAD_SUFFIXES,
    PartialImageWarning,
    image_format,
    list_images,
    read_image,
    read_size,
    to_bgr,
)
from .text import is_name, opencv_path, printable, read_json, read_text

__all__ = [
    'IMAGE_SUFFIXES',
    'UNREAD_SUFFIXES',
    'FileId',
    'PartialImageWarning',
    'check_file',
    'check_folder',
    'check_output',
    'file_id',
    'identify_files',
    'image_format',
    'is_name',
    'is_system_file',
    'list_images',
    'opencv_path',
    'parse_assignments',
    'printable',
    'read_arrays',
    'read_image',
    'read_json',
    'read_size',
    'read_text',
    'remove_old_parts',
    'to_bgr',
    'whole_file',
    'write_picture',
    'write_whole',
]
