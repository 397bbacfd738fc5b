"""The one place that turns a result into text for a model, into JSON, and into evidence that an answer may cite."""

from tools.render.evidence import evidence_of
from tools.render.marks import with_ids, without_marks
from tools.render.plain import as_dict
from tools.render.text import as_marked_text, as_text

__all__ = ["as_dict", "as_marked_text", "as_text", "evidence_of", "with_ids", "without_marks"]
