"""Colours that people tell apart however they see colours (Okabe and Ito, 2008), and greys."""

INK, GREY, FAINT, PAPER = "#16202a", "#5a6672", "#e3e7eb", "#ffffff"

AGREEING = "#0072b2"
DIFFERING = "#d55e00"
OUTLINE = "#009e73"
"""Of a picture that is laid on another."""

VEIL = (255, 255, 255, 150)
"""Over what was not looked at."""
WASH = (213, 94, 0, 110)
"""Over a cell that differs."""
MESH = (150, 158, 166, 130)
EDGE = (90, 102, 114, 60)
"""Around a picture, which may be as white as the paper."""
