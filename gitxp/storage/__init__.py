"""The only folder that speaks to Git: refs, objects, records, and the journals that become them."""
