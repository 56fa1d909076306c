"""Reading and writing of files, whatever their names and their content."""

from .arrays import read_arrays
from .entries import check_file, is_system_file
from .output import check_output, file_id, identify_files, whole_file, write_whole
from .text import is_name, printable, read_json, read_text

__all__ = [
    'check_file',
    'check_output',
    'file_id',
    'identify_files',
    'is_name',
    'is_system_file',
    'printable',
    'read_arrays',
    'read_json',
    'read_text',
    'whole_file',
    'write_whole',
]
