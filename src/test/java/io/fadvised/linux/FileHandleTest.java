package io.fadvised.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class FileHandleTest {

  @Test
  void extHandleHasTheInodeAndAnyGeneration() {
    ByteBuffer handle = fields(FileHandle.ext(0xffff_ffffL));

    assertThat(handle.remaining()).isEqualTo(16);
    assertThat(handle.getInt()).isEqualTo(8);
    assertThat(handle.getInt()).isEqualTo(1);
    assertThat(handle.getInt()).isEqualTo(-1);
    assertThat(handle.getInt()).isZero();
  }

  @Test
  void xfsHandleHasA64BitInodeAndItsGeneration() {
    ByteBuffer handle = fields(FileHandle.xfs(1L << 40, 7));

    assertThat(handle.remaining()).isEqualTo(20);
    assertThat(handle.getInt()).isEqualTo(12);
    assertThat(handle.getInt()).isEqualTo(0x81);
    assertThat(handle.getLong()).isEqualTo(1L << 40);
    assertThat(handle.getInt()).isEqualTo(7);
  }

  @Test
  void extHandleRejectsAnInodeOfMoreThan32Bits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileHandle.ext(1L << 32))
        .withMessage("ext4 inode out of range: 4294967296");
  }

  private static ByteBuffer fields(FileHandle handle) {
    return ByteBuffer.wrap(handle.encoded()).order(ByteOrder.nativeOrder());
  }
}
