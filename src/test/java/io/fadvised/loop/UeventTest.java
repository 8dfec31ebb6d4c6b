package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UeventTest {
  private static final String REST =
      "\0ACTION=change\0DEVPATH=/devices/virtual/block/loop3\0SUBSYSTEM=block\0MAJOR=7\0MINOR=3"
          + "\0DEVNAME=loop3\0DEVTYPE=disk\0DISKSEQ=12\0SEQNUM=4711\0";

  @ParameterizedTest
  @CsvSource({
    "change@/devices/virtual/block/loop3, loop3",
    "add@/devices/virtual/block/loop127, loop127",
    "remove@/devices/virtual/block/loop0, loop0",
  })
  void eventOfALoopDeviceNamesTheDevice(String header, String device) {
    assertThat(Uevent.loopDevice((header + REST).getBytes(ISO_8859_1))).contains(device);
    assertThat(Uevent.loopDevice(header.getBytes(ISO_8859_1))).contains(device);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "add@/devices/virtual/block/loop3/loop3p1", // a partition
        "change@/devices/virtual/bdi/7:3", // another subsystem
        "change@/devices/pci0000:00/0000:00:04.0/virtio1/block/vda",
        "change@/devices/virtual/block/dm-0",
        "add@/devices/virtual/block/loop-control",
        "add@/devices/virtual/block/loop",
        "add@/devices/virtual/block/loop12345678",
        "@/devices/virtual/block/loop3",
        "\u001b[2J@/devices/virtual/block/loop3",
        "/devices/virtual/block/loop3",
        "libudev",
        "change@",
        "@",
        "",
        "\0change@/devices/virtual/block/loop3",
      })
  void otherMessageIsIgnored(String header) {
    assertThat(Uevent.loopDevice((header + REST).getBytes(ISO_8859_1))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096})
  void zerosAreIgnored(int length) {
    assertThat(Uevent.loopDevice(new byte[length])).isEmpty();
  }
}
