"""The page itself, of gradio's parts. Importing this needs the extra ``demo``."""

from __future__ import annotations

import html
import os
from typing import TYPE_CHECKING, Any

# Before gradio is imported: it reads these once.
os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
os.environ['HF_HUB_DISABLE_TELEMETRY'] = '1'

import gradio as gr

from .findings import MAX_MEGAPIXELS, TABLE_HEADERS, examine

if TYPE_CHECKING:
    from ..runner import HeadPoseRunner


MAX_FILE_SIZE = '64mb'
INTRODUCTION = f"""\
# Head pose
Where heads are turned, in degrees: **pitch** > 0 looks up, **yaw** > 0 turns the nose
to the picture's left, **roll** > 0 turns the line of the eyes clockwise. After \u00b1
stands how sure the model is (standard deviation). Axes: red to the picture's right for
a frontal head, green to its top, blue out of the face. Pictures stay on this machine,
and are removed after an hour or when the page ends. They may have up to
{MAX_MEGAPIXELS} megapixels.
"""
WELCOME = 'Give a picture, or take one with the camera.'
MAPS_LEGEND = (
    'What the network gives for a head: a map of its centre, and a map an angle that '
    'holds the angle around the centre. Red is positive, blue negative; the angle maps '
    'of a head share one scale.'
)
CSS = """
footer {display: none}
#maps .caption-label {font-size: 0.8rem}
#maps .grid-wrap {height: auto; min-height: 0; max-height: none; overflow: visible}
"""
KEPT_S = 3600


def build_page(runner: HeadPoseRunner) -> gr.Blocks:
    """The page.

    Args:
        runner: Looks at the pictures, one at a time.

    Returns:
        What ``launch()`` serves.
    """

    def show(path: str | None) -> list[Any]:
        if path is None:
            return [_message(WELCOME), *[gr.update(value=None, visible=False)] * 4]
        found = examine(runner, path)
        parts = (found.drawn, found.rows, found.maps, MAPS_LEGEND)
        shows_maps = bool(found.maps)
        visible = (found.drawn is not None, bool(found.rows), shows_maps, shows_maps)
        shown = zip(parts, visible, strict=True)
        return [
            _message(found.message),
            *(
                gr.update(value=value if on else None, visible=on)
                for value, on in shown
            ),
        ]

    with gr.Blocks(
        title='Head pose', analytics_enabled=False, delete_cache=(600, KEPT_S)
    ) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Row():
            given = _picture_input()
            with gr.Column():
                outputs = _outputs()
        with gr.Column():
            maps = _maps()
        given.change(
            show,
            given,
            [*outputs, *maps],
            show_progress='minimal',
            api_visibility='private',
        )
    return page


def _picture_input() -> gr.Image:
    given = gr.Image(
        label='Picture',
        elem_id='picture',
        sources=['upload', 'webcam', 'clipboard'],
        type='filepath',
        image_mode=None,
        height=480,
        # A mirrored picture would have yaw and roll of the wrong sign.
        webcam_options=gr.WebcamOptions(mirror=False),
        buttons=['fullscreen'],
    )
    # gradio would decode the file, and fail before we can say what is wrong with it.
    # (Not by a subclass: gradio writes a .pyi file beside the module of each.)
    given.preprocess = _to_path  # type: ignore[method-assign]
    return given


def _to_path(payload: Any) -> str | None:
    """Path of the uploaded picture, None where it was taken away."""
    return None if payload is None else payload.path


def _outputs() -> list[Any]:
    return [
        gr.HTML(_message(WELCOME)),
        gr.Image(
            label='Heads',
            elem_id='heads',
            visible=False,
            height=480,
            buttons=['download', 'fullscreen'],
        ),
        gr.Dataframe(
            label='Degrees, \u00b1 standard deviation',
            headers=list(TABLE_HEADERS),
            elem_id='angles',
            interactive=False,
            visible=False,
        ),
    ]


def _maps() -> list[Any]:
    return [
        gr.Gallery(
            label='Maps',
            elem_id='maps',
            columns=4,
            height='auto',
            visible=False,
            buttons=[],
        ),
        gr.Markdown(MAPS_LEGEND, visible=False),
    ]


def _message(text: str) -> str:
    return f'<p id="message" role="status">{html.escape(text)}</p>'
