"""What an operator starts outside of a pipeline's own run: replay, rollback, maintenance."""
