package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.MountTable;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filesystems of this kernel are in MountOptionsIT. */
class MountOptionsTest {
  private static MountTable.Mount mount(String filesystem, String own, String common) {
    return mount(filesystem, own, common, "");
  }

  private static MountTable.Mount mount(
      String filesystem, String own, String common, String propagation) {
    List<String> fields = propagation.isEmpty() ? List.of() : List.of(propagation.split(" "));
    return new MountTable.Mount(
        0, "/", "/mnt", filesystem, "/dev/loop3", own, common, "30", "20", fields);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ext4 | rw,relatime | ro,seclabel,data=journal | ro,relatime,data=journal",
        "ext4 | rw,noexec,noatime | rw,shutdown | rw,noexec,noatime",
        "ext4 | rw,nodiratime | rw | rw,nodiratime,strictatime",
        "iso9660 | ro,relatime | ro,blocksize=2048,iocharset=utf8 | ro,relatime,iocharset=utf8",
        "btrfs | ro,noatime | ro,rescue=a:b,discard | ro,noatime,rescue=a,rescue=b,discard",
        "btrfs | rw,relatime | rw,ssd | rw,relatime,ssd,nodiscard",
        "xfs | rw,relatime | rw,context=\"a:b:s0:c1,c2\" | rw,relatime,context=\"a:b:s0:c1,c2\""
      })
  void optionsMountTheSameAgain(String filesystem, String own, String common, String expected) {
    assertThat(MountOptions.of(mount(filesystem, own, common), Optional.empty()))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "shared:5, shared:1, ''",
    "'', '', ''",
    "'', unbindable, ''",
    "'', master:1, ''",
    "shared:5, shared:1 master:2, ''",
    "shared:5, '', ',shared'",
    "shared:5, unbindable, ',shared'",
    "'', shared:1, ',private'",
    "unbindable, shared:1, ',unbindable'",
    "unbindable, '', ',unbindable'"
  })
  void propagationIsAnOptionWhereANewMountWouldGetAnother(
      String own, String parent, String expected) {
    MountTable.Mount mount = mount("ext4", "rw,relatime", "rw", own);

    String options = MountOptions.of(mount, Optional.of(mount("ext4", "rw", "rw", parent)));

    assertThat(options).isEqualTo("rw,relatime" + expected);
  }

  @Test
  void mountsThatCannotBeRepeatedAreNamed() {
    assertThat(MountOptions.hindrance(mount("ext4", "rw,relatime", "rw"))).isEmpty();
    assertThat(MountOptions.hindrance(mount("fuseblk", "rw", "rw,user_id=0")))
        .contains("fuseblk mounted on ");
    assertThat(MountOptions.hindrance(mount("ext4", "rw,idmapped", "rw")))
        .contains("idmapped mount on ");
    assertThat(MountOptions.hindrance(mount("ext4", "rw", "rw", "shared:5 master:1")))
        .contains("slave mount on ");
  }
}
