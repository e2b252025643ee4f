"""Forms validate and keep what was typed; they never save."""
