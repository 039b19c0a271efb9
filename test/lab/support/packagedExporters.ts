import type { Lab, LabHost } from "../../../lab/hosts/lab";

/** An exporter from a mirror in upstream's layout. */
export interface MirroredExporter {
  version: string;
  baseUrl: string;
  sha256: string;
}

// Debian's program, in an archive and under a checksum as upstream would release it.
const repack = `
set -eu
program=$1 package=$2
work=$(mktemp -d) && chmod 755 "$work" && cd "$work"
apt-get -qq update >&2 && apt-get -qq download "$package" >&2 && dpkg-deb -x "$package"_*.deb root
version=$(root/usr/bin/"$package" --version 2>&1 | sed -n 's/.*version \\([0-9]*\\.[0-9]*\\.[0-9]*\\).*/\\1/p' | head -n 1)
name=$program-$version.linux-$(dpkg --print-architecture)
mkdir -p "$name" "out/v$version"
cp root/usr/bin/"$package" "$name/$program"
tar -czf "out/v$version/$name.tar.gz" "$name"
cd "out/v$version" && sha256sum "$name.tar.gz" >sha256sums.txt
echo "$work $version $(cut -d ' ' -f 1 sha256sums.txt)"
`;

/** Puts a program of the packages of the mirror's distribution on the mirror as a release. */
export async function mirrorPackage(
  lab: Lab,
  mirror: LabHost,
  program: string,
  debianPackage: string,
): Promise<MirroredExporter> {
  const { stdout } = await lab.exec(mirror, `sh -s ${program} ${debianPackage}`, { stdin: repack });
  const [work = "", version = "", sha256 = ""] = stdout.trim().split("\n").at(-1)?.split(" ") ?? [];
  const target = `/srv/mirror/releases/${program}`;
  await lab.exec(mirror, `mkdir -p ${target} && cp -R ${work}/out/v${version} ${target}/ && rm -rf ${work}`);
  return { version, sha256, baseUrl: `http://${mirror.address}/releases/${program}` };
}
