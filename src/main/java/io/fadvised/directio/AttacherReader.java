package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds who attaches loop devices: the files of a host that name their backing files, and programs
 * known by the paths they use. Sources of the paths: lxc/incus, openebs/rawfile-localpv and
 * ubicloud/ubicloud (losetup without a sector size), moby 17.03 (devmapper/README.md).
 */
final class AttacherReader {
  private static final List<String> FILES =
      List.of("etc/fstab", "etc/rc.local", "etc/rc.d/rc.local", "etc/crontab");

  private static final List<String> DIRECTORIES =
      List.of(
          "etc/systemd/system",
          "usr/local/lib/systemd/system",
          "usr/lib/systemd/system",
          "lib/systemd/system",
          "etc/init.d",
          "etc/local.d",
          "etc/cron.d");

  private static final long MAX_FILE_BYTES = 256 << 10;
  private static final int MAX_LINES = 5000;

  private static final String VOLUME_DATA = "vol_data.json";
  private static final Pattern DRIVER = Pattern.compile("\"driverName\"\\s*:\\s*\"([^\"]+)\"");
  private static final Pattern CSI_MOUNT =
      Pattern.compile(
          ".*/plugins/kubernetes\\.io/csi/.+/globalmount|.*/volumes/kubernetes\\.io~csi/[^/]+/mount");

  private static final Pattern SNAP = Pattern.compile("/var/lib/snapd/snaps/[^/]+\\.snap");
  private static final Pattern DOCKER =
      Pattern.compile(".*/devicemapper/devicemapper/(data|metadata)");
  private static final Pattern INCUS = Pattern.compile("/var/lib/incus/disks/[^/]+\\.img");
  private static final Pattern LXD =
      Pattern.compile("/var/(lib/lxd|snap/lxd/common/lxd)/disks/[^/]+\\.img");
  private static final Pattern SYSTEMD =
      Pattern.compile(
          "/home/[^/]+\\.home|/var/lib/(machines|portables|extensions|confexts)/[^/]+\\.raw");
  private static final Pattern RAWFILE =
      Pattern.compile("(/var/csi/rawfile)?/pvc-[0-9a-f-]{36}/disk\\.img");
  private static final Pattern UBICLOUD = Pattern.compile("/var/lib/ubicsi/[^/]+\\.img");

  private final Path root;
  private final List<Line> lines = new ArrayList<>();

  private record Line(String file, int number, String text) {
    String place() {
      return Printable.of(file) + ", line " + number;
    }

    /** Returns whether mount(8) attaches the device, also in a script. */
    boolean isMount() {
      return !text.contains("losetup");
    }

    /** Returns whether one word is this path; fstab(5) escapes spaces. */
    boolean names(String path) {
      int at = text.indexOf(path);
      return at >= 0
          && (at == 0 || isBoundary(text.charAt(at - 1)))
          && (at + path.length() == text.length() || isBoundary(text.charAt(at + path.length())));
    }

    private static boolean isBoundary(char character) {
      return Character.isWhitespace(character) || "=\"';".indexOf(character) >= 0;
    }
  }

  /**
   * Reads the files that attach devices at boot.
   *
   * @param root of the host
   */
  AttacherReader(Path root) {
    this.root = root;
    FILES.forEach(file -> read(root.resolve(file)));
    DIRECTORIES.forEach(directory -> readAll(root.resolve(directory)));
  }

  private void readAll(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(this::read);
    } catch (IOException | DirectoryIteratorException e) {
      // not on this host
    }
  }

  private void read(Path file) {
    try {
      if (Files.isRegularFile(file) && Files.size(file) <= MAX_FILE_BYTES) {
        List<String> all = Files.readString(file, ISO_8859_1).lines().toList();
        for (int i = 0; i < all.size() && lines.size() < MAX_LINES; i++) {
          String text = all.get(i).strip();
          if ((file.endsWith("etc/fstab") || attaches(text)) && !text.startsWith("#")) {
            lines.add(new Line("/" + root.relativize(file), i + 1, MountTable.unescape(text)));
          }
        }
      }
    } catch (IOException e) {
      // not readable for this user
    }
  }

  private static boolean attaches(String line) {
    return line.contains("losetup") || line.startsWith("What=") || line.contains("mount");
  }

  /** Returns who attaches a device; empty if unknown. */
  Optional<Attacher> attacherOf(LoopDevice device, List<Attachment.Mount> mounts) {
    String path = device.backingPath().raw();
    Optional<Attacher> named =
        lines.stream().filter(line -> line.names(path)).map(AttacherReader::attacher).findFirst();
    return named
        .or(() -> driver(mounts).map(name -> program(Attacher.Kind.CSI_DRIVER, name)))
        .or(() -> byPath(path));
  }

  private static Attacher attacher(Line line) {
    return new Attacher(
        line.isMount() ? Attacher.Kind.MOUNT : Attacher.Kind.SCRIPT,
        line.place(),
        decoded(line.text()));
  }

  private static String decoded(String bytes) {
    return new String(bytes.getBytes(ISO_8859_1), UTF_8);
  }

  private static Attacher program(Attacher.Kind kind, String name) {
    return new Attacher(kind, Printable.of(name), "");
  }

  private static Optional<Attacher> byPath(String path) {
    if (SNAP.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.SNAPD, "snapd"));
    }
    if (DOCKER.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.DOCKER, "Docker"));
    }
    if (INCUS.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.INCUS, "Incus"));
    }
    if (LXD.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.INCUS, "LXD"));
    }
    if (SYSTEMD.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.SYSTEMD, "systemd"));
    }
    if (RAWFILE.matcher(path).matches()) {
      return Optional.of(program(Attacher.Kind.CSI_DRIVER, Attacher.RAWFILE));
    }
    return UBICLOUD.matcher(path).matches()
        ? Optional.of(program(Attacher.Kind.CSI_DRIVER, "csi.ubicloud.com"))
        : Optional.empty();
  }

  /** Reads the name of the CSI driver that kubelet wrote beside a mount point. */
  private Optional<String> driver(List<Attachment.Mount> mounts) {
    for (Attachment.Mount mount : mounts) {
      if (CSI_MOUNT.matcher(mount.point()).matches()) {
        Path beside = Path.of("/").relativize(Path.of(mount.point())).resolveSibling(VOLUME_DATA);
        Optional<String> name =
            AttachmentReader.text(root.resolve(beside))
                .map(DRIVER::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1));
        if (name.isPresent()) {
          return name;
        }
      }
    }
    return Optional.empty();
  }
}
