"""A lender's core beside the portal: follows the feed, books, pauses, pays, and reconciles each day."""
