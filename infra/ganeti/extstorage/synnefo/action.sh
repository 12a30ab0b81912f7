#!/bin/sh
# Action "@ACTION@" of Ganeti's ExtStorage provider "synnefo": archipelagod does the work.
# Ganeti runs this with an empty environment, so every path is absolute; install-provider.mjs wrote them.
exec @NODE@ @VLMC@ --control @CONTROL@ provider @ACTION@
