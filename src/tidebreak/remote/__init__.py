"""Hash here, match elsewhere: a site that holds no list asks a contracted third party."""
