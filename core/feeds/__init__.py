"""Where advisories come from over the network, kept on disk as they were last good."""
