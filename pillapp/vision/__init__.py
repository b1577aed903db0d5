"""Frame → detections → observations. Takes RGB arrays, knows nothing of products."""
