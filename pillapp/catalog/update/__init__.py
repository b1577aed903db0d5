"""Updating through the official services of data.go.kr with the user's own key."""
