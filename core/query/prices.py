"""What a digest costs: exact decimals, never floats."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one image, once, ever."""

    amount: Decimal
    currency: str
    """ISO 4217: `USD`."""

    def of(self, images: int) -> str:
        """What so many images cost, as a decimal number in a text: JSON's own are floats."""
        return str(self.amount * images)
