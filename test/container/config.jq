# Changes the output of `runc spec` into what Docker gives to a container that has no options. Arguments: $root, $state
# (a directory for the volume), $net (a network namespace), $image (what build-root wrote), $caps, $seccomp (null:
# unconfined), $more (arguments after those of the command).
.process.terminal = false
| .process.user = {uid: 0, gid: 0}
| .process.args = $image.entrypoint + $image.cmd + $more
| .process.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=zoobar"]
| .process.cwd = $image.workdir
| .process.noNewPrivileges = false
| .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
| .process.rlimits = [{type: "RLIMIT_NOFILE", hard: 4096, soft: 1024}]
| .root = {path: $root, readonly: false}
| .hostname = "zoobar"
| .linux.namespaces |= map(if .type == "network" then .path = $net else . end)
| .mounts += [{destination: $image.volume, type: "bind", source: $state, options: ["rbind", "rw"]}]
# What Docker does for --tmpfs /scratch:size=32m,nr_inodes=4096
| .mounts += [{destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["noexec", "nosuid", "nodev", "size=32m", "nr_inodes=4096"]}]
| if $seccomp then .linux.seccomp = $seccomp else . end
