"""The staff's pages of studies."""
