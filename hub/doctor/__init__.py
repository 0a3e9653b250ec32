"""Is the workspace well? One small file a question; every finding is a sentence, and says its cure."""
