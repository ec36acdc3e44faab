"""Git's object database: objects, packs and bundles, written at once or read with distrust."""
