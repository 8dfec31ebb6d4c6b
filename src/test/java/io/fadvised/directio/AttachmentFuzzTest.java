package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;

/** Input that other users choose: mount points, options, types of filesystems. */
class AttachmentFuzzTest {
  /** Characters without a meaning for a shell, and quoted text. */
  private static final Pattern QUOTED =
      Pattern.compile("(?:[A-Za-z0-9_./:=@%+, -]|'[^']*'|\\\\')*");

  @TempDir private static Path root;

  @FuzzTest
  void commandsHaveNoUnquotedSpecialCharacters(byte[] input) throws Exception {
    List<String> pieces = Pieces.of(input, 3);
    write("sys/block/loop3/dev", "7:3\n");
    write("proc/self/mountinfo", pieces.get(0));
    write("sys/block/loop3/loop/autoclear", pieces.get(1));
    write("proc/swaps", pieces.get(2));
    MountTable mounts = new MountTable(root.resolve("proc"), System::nanoTime);
    AttachmentReader reader =
        new AttachmentReader(root.resolve("sys"), root.resolve("proc"), mounts);

    Attachment attachment =
        Bounds.within(() -> reader.read(Attachments.device(Optional.of(false), 512, 0)));
    Diagnosis diagnosis =
        new DirectIoRule(
                attachment,
                Attachments.reported(4096),
                Optional.of(Attachments.EXT4),
                OptionalLong.of(1 << 30))
            .diagnose();

    Bounds.assertPrintable(diagnosis.toString());
    assertThat(diagnosis.commands()).allMatch(QUOTED.asMatchPredicate());
  }

  private static void write(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, Pieces.bytes(content));
  }
}
