"""From an SBOM to the packages in an image."""

from core.inventory.cyclonedx import InventoryLimits
from core.inventory.packages import Inventory, OperatingSystem, Package
from core.inventory.reader import read

__all__ = ["Inventory", "InventoryLimits", "OperatingSystem", "Package", "read"]
