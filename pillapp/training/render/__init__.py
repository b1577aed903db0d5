"""Pictures of pills of the official file, lit by Mitsuba 3: crops of one pill and scenes of many, with exact labels."""
