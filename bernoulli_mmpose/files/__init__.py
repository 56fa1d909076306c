"""Reading and writing of files, whatever their names and their content."""

from .assignments import parse_assignments
from .output import check_output, file_id, identify_files, whole_file, write_whole
from .text import printable, read_json, read_text

__all__ = [
    'check_output',
    'file_id',
    'identify_files',
    'parse_assignments',
    'printable',
    'read_json',
    'read_text',
    'whole_file',
    'write_whole',
]
