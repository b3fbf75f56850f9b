"""Stand-ins for the outside services that RaptorFlow talks to."""
