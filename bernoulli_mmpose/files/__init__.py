"""Reading and writing of files, whatever their names and their content."""

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
from .text import opencv_path, printable, read_json, read_text

__all__ = [
    'FileId',
    'check_folder',
    'check_output',
    'file_id',
    'identify_files',
    'opencv_path',
    'printable',
    'read_json',
    'read_text',
    'remove_old_parts',
    'whole_file',
    'write_picture',
    'write_whole',
]
