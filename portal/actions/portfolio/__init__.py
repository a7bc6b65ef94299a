"""A lender's portfolio: its rows held against what is stored, and each loan landed whole."""

from portal.actions.portfolio.check import Against, PaymentDiffers, contradictions
from portal.actions.portfolio.land import LENDER_SYSTEM, Imported, LandedRows, NotKept, import_portfolio, land_batch
