#!/bin/sh
# Tells Cyclades of an operation. Never fails: a hook that did would be shown in the job's log.
@NODE@ @HOOK@ --config @CONFIG@
exit 0
