"""Photos, cameras, video files and network streams → frames."""
