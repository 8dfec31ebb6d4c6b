package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.jna.Memory;
import io.fadvised.fuzz.Bounds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

class StructsFuzzTest {

  @FuzzTest
  void structsAreReadAtTheirOffsetsForAnyBytes(byte[] input) throws Exception {
    ByteBuffer numbers = ByteBuffer.wrap(Arrays.copyOf(input, 12));
    long inode = numbers.getLong();
    int generation = numbers.getInt();
    FileHandle handle = FileHandle.xfs(inode, generation);
    ByteBuffer encoded = ByteBuffer.wrap(handle.encoded()).order(ByteOrder.nativeOrder());
    assertThat(encoded.getLong(8)).isEqualTo(inode);
    assertThat(encoded.getInt(16)).isEqualTo(generation);
    try {
      ByteBuffer ext = ByteBuffer.wrap(FileHandle.ext(inode).encoded());
      assertThat(ext.order(ByteOrder.nativeOrder()).getInt(8)).isEqualTo((int) inode);
      assertThat(inode).isBetween(0L, 0xffff_ffffL);
    } catch (IllegalArgumentException e) {
      assertThat(inode >>> 32).isNotZero();
    }
    String number = new String(input, ISO_8859_1);
    FileIdentity.parseDevice(number)
        .ifPresent(
            device ->
                assertThat(FileIdentity.parseDevice(new FileIdentity(device, 0).deviceText()))
                    .hasValue(device));
    assertReadsStat(input);
  }

  private static void assertReadsStat(byte[] bytes) throws Exception {
    try (Memory memory = new Memory(StatLayout.STRUCT_BYTES)) {
      memory.clear();
      memory.write(0, bytes, 0, Math.min(bytes.length, StatLayout.STRUCT_BYTES));
      for (StatLayout layout : StatLayout.values()) {
        FileStat stat = Bounds.within(() -> layout.read(memory));
        assertThat(stat.identity().device()).isEqualTo(memory.getLong(0));
        assertThat(stat.identity().inode()).isEqualTo(memory.getLong(8));
        assertThat(stat.kind()).startsWith("a ");
        assertThat(stat.isRegularFile()).isEqualTo(stat.kind().equals("a regular file"));
      }
    }
  }
}
