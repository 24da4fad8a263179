#!/bin/sh
# Says what would be deployed.
echo "deploying $1"
