"""The stack in containers: the same services and slices as embedded, from images, through testcontainers."""
