"""The trace page's other views: by site, and as flows. All of them are read from the movements of the traced lots."""
