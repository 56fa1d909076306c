"""Head pose of large collections on Ray: the command ``head-pose-batch``.

A list of pictures and videos is cut into shards. Each is written by one worker, whole
or not at all, under a name that depends on nothing but its place in the list; so a
run can be stopped and killed, anywhere, and goes on where it was.
"""
