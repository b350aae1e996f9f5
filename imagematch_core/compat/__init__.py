"""image-match's names, for code that uses it: change its imports, and keep the rest.

docs/moving-from-image-match.md lists what differs, and why.
"""

from ..errors import PictureError as CorruptImageError
from ..signatures.goldberg1.image_signature import ImageSignature
from .database import SignatureDatabaseBase
from .distance import normalized_distance
from .importing import ImportResult, import_legacy
from .records import get_words, make_record, max_contrast, words_to_int
from .signature_es import SignatureES
from .signature_mongo import SignatureMongo

__all__ = [
    "CorruptImageError",
    "ImageSignature",
    "ImportResult",
    "SignatureDatabaseBase",
    "SignatureES",
    "SignatureMongo",
    "get_words",
    "import_legacy",
    "make_record",
    "max_contrast",
    "normalized_distance",
    "words_to_int",
]
