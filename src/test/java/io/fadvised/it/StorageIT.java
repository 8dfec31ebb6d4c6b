package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests filesystems where direct I/O is possible but not to be switched on. */
@Requires(
    programs = {"losetup", "fuse2fs", "fincore"},
    files = "/dev/fuse")
class StorageIT {
  @RegisterExtension private final Scratch scratch = new Scratch();

  private Diagnosis diagnose(Path image) throws Exception {
    return DoctorIT.examine(scratch.attach(image).name()).diagnosis();
  }

  @Test
  void fileOnFuseGetsNoFix() throws Exception {
    Path root = UserFilesystem.mount(scratch, "fuse").root();

    Diagnosis found = diagnose(DataFiles.sparse(root.resolve("volume.img"), 16));

    assertThat(found.cause()).isEqualTo(Cause.ALIGNMENT);
    assertThat(found.words()).contains("fuse").contains("is unknown");
    assertThat(found.commands()).isEmpty();
  }
}
