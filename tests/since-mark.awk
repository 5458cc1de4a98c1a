# SPDX-License-Identifier: GPL-2.0
#
# dmesg | awk -v mark=MARK -f since-mark.awk: what the kernel has said since the
# mark, which somebody wrote to /dev/kmsg. Without the mark nobody knows what that
# was, so a line that tests/dmesg-patterns knows takes its place.

found { print }
index($0, mark) { found = 1 }
END { if (!found) print "WARNING: the kernel has said so much that the mark is gone: " mark }
