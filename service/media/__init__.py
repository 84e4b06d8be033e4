"""Pictures, voice notes, videos and documents that came with texts: taken, fetched, cleaned, sealed, shown, erased."""
