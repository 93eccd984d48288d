"""What an operator starts outside a pipeline's own run: replay, rollback, maintenance, questions to
the warehouse."""
