# Changes Docker's seccomp profile (moby's profiles/seccomp/default.json) into the form that an OCI runtime wants, as
# moby's seccomp_linux.go does for one machine. Arguments: $arch (Go's name), $kernel ("6.1"), $caps (those of the
# container).
def version: split(".") | map(tonumber);
def meets($wanted): ($kernel | version) >= ($wanted | version);
def applies:
  (.includes // {}) as $in | (.excludes // {}) as $out
  | (($in.arches // []) | length == 0 or any(. == $arch))
  and (($in.caps // []) | all(. as $cap | $caps | any(. == $cap)))
  and ($in.minKernel == null or meets($in.minKernel))
  and (($out.arches // []) | all(. != $arch))
  and (($out.caps // []) | all(. as $cap | $caps | all(. != $cap)))
  and ($out.minKernel == null or (meets($out.minKernel) | not));
{"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}[$arch] as $native
| {
    defaultAction,
    architectures: (.archMap | map(select(.architecture == $native)) | .[0] | [.architecture] + (.subArchitectures // [])),
    syscalls: [.syscalls[] | select(applies) | {names, action} + (if .errnoRet then {errnoRet} else {} end)
      + (if (.args // []) | length > 0 then {args} else {} end)]
  }
