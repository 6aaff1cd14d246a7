"""Language models behind the port of ``judgement.writer``: the shapes of answers, and one adapter for each client."""
