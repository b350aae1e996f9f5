"""The stages of the drivers that come with imagematch-core."""
