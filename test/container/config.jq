# Changes the output of `runc spec` into what Docker gives to a container. Arguments: $root, $state and $backups
# (directories for volumes), $net (a network namespace), $image (what build-root wrote), $caps, $seccomp (null:
# unconfined), $hardened (the options of config/container/compose.yaml too), $more (arguments after those of the command).
.process.terminal = false
| .process.user = {uid: 0, gid: 0}
| .process.args = $image.entrypoint + $image.cmd + $more
| .process.env = [$image.env, "HOSTNAME=zoobar"]
| .process.cwd = $image.workdir
| .process.noNewPrivileges = $hardened
| .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
| .process.rlimits = [{type: "RLIMIT_NOFILE", hard: 4096, soft: 1024}]
| .root = {path: $root, readonly: $hardened}
| .hostname = "zoobar"
| .linux.namespaces |= map(if .type == "network" then .path = $net else . end)
| .mounts += [{destination: $image.volume, type: "bind", source: $state, options: ["rbind", "rw"]},
    {destination: "/var/backups/zoobar", type: "bind", source: $backups, options: ["rbind", "rw"]}]
# What Docker does for --tmpfs /scratch:size=32m,nr_inodes=4096 and --tmpfs /run
| .mounts += [{destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["noexec", "nosuid", "nodev", "size=32m", "nr_inodes=4096"]},
    {destination: "/run", type: "tmpfs", source: "tmpfs", options: ["noexec", "nosuid", "nodev", "size=4m"]}]
| if $seccomp then .linux.seccomp = $seccomp else . end
