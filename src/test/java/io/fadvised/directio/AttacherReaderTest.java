package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttacherReaderTest {
  private static final String OPTIONS = "--direct-io=on --sector-size 4096";

  @TempDir private Path root;

  @Test
  void lineOfFstabIsNamed() throws IOException {
    file("etc/fstab", "# /srv/my disk.img\n\n/srv/my\\040disk.img /mnt ext4 loop,noatime 0 2\n");

    assertThat(words("/srv/my disk.img"))
        .isEqualTo(
            "/etc/fstab, line 3 attaches it, and mount(8) has no option for direct I/O: attach the"
                + " file before with \"losetup --find --direct-io=on --sector-size 4096\", and mount"
                + " uses that device");
    assertThat(attacher("/srv/my disk.img.old")).isEmpty();
    assertThat(attacher("/my disk.img")).isEmpty();
  }

  @Test
  void mountUnitIsNamed() throws IOException {
    file("etc/systemd/system/srv-web.mount", "[Mount]\nWhat=/srv/web.img\nWhere=/srv/web\n");

    assertThat(words("/srv/web.img")).startsWith("/etc/systemd/system/srv-web.mount, line 2 ");
  }

  @Test
  void changedLineOfAScriptIsPrinted() throws IOException {
    file("etc/rc.local", "#!/bin/sh\nlosetup -f /srv/web.img\n");

    assertThat(words("/srv/web.img"))
        .isEqualTo(
            "to make it permanent, change /etc/rc.local, line 2 to: losetup --direct-io=on"
                + " --sector-size 4096 -f /srv/web.img");
  }

  @Test
  void changedLineOfAServiceKeepsThePathOfItsProgram() throws IOException {
    file(
        "usr/lib/systemd/system/web.service",
        "[Service]\nExecStart=/usr/sbin/losetup /dev/loop3 /srv/web.img\n");

    assertThat(words("/srv/web.img"))
        .contains("line 2 to: ExecStart=/usr/sbin/losetup " + OPTIONS + " /dev/loop3");
  }

  @Test
  void lineWithSuchOptionsIsOnlyNamed() throws IOException {
    file("etc/rc.local", "losetup --direct-io=off /dev/loop3 /srv/web.img\n");

    assertThat(words("/srv/web.img"))
        .isEqualTo(
            "to make it permanent, use \"losetup " + OPTIONS + "\" in /etc/rc.local, line 1");
  }

  @Test
  void mountInAScriptHasNoOptionForDirectIo() throws IOException {
    file("etc/rc.local", "mount -o loop /srv/web.img /srv/web\n");

    assertThat(words("/srv/web.img"))
        .startsWith("/etc/rc.local, line 1 attaches it, and mount(8) has no option");
  }

  @Test
  void driverOfAKubernetesVolumeIsReadBesideItsMount() throws IOException {
    String volume = "var/lib/kubelet/pods/1-2/volumes/kubernetes.io~csi/pvc-1";
    file(volume + "/vol_data.json", "{\"attachmentID\":\"x\",\"driverName\":\"csi.example.com\"}");
    Attachment.Mount mount =
        new Attachment.Mount("/dev/loop3", "/" + volume + "/mount", "ext4", "rw", false);

    assertThat(attacher("/pool/pvc-1.img", mount).map(found -> found.words(OPTIONS)))
        .contains(
            "the CSI driver csi.example.com attaches it: its losetup needs \"" + OPTIONS + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/var/lib/snapd/snaps/core20_1587.snap, snapd attaches",
    "/var/lib/docker/devicemapper/devicemapper/data, dm.thinpooldev",
    "/var/lib/incus/disks/default.img, Incus attaches",
    "/var/snap/lxd/common/lxd/disks/default.img, LXD attaches",
    "/var/lib/machines/web.raw, systemd attaches",
    "/home/lennart.home, systemd attaches",
    "/pvc-ecb1e991-7b6e-4567-ac2e-9394d2b93471/disk.img, CSI driver rawfile.csi.openebs.io",
    "/var/lib/ubicsi/vol-1.img, CSI driver csi.ubicloud.com"
  })
  void programIsKnownByThePathOfItsFiles(String path, String words) {
    assertThat(words(path)).contains(words);
  }

  @Test
  void driverWithoutASettingForSectorsIsNamedAsSuch() {
    String path = "/pvc-ecb1e991-7b6e-4567-ac2e-9394d2b93471/disk.img";

    assertThat(words(path)).contains("no setting for larger sectors (0.15)");
    assertThat(attacher(path).orElseThrow().words("--direct-io=on"))
        .endsWith("its losetup needs \"--direct-io=on\"");
  }

  @Test
  void unknownAttacherIsEmpty() {
    assertThat(attacher("/srv/web.img")).isEmpty();
  }

  private String words(String path) {
    return attacher(path).orElseThrow().words(OPTIONS);
  }

  private Optional<Attacher> attacher(String path, Attachment.Mount... mounts) {
    return new AttacherReader(root).attacherOf(Attachments.loop("loop3", path), List.of(mounts));
  }

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
