package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.DirectIo;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** {@link LoopDirectIo} of this host. */
public final class HostDirectIo implements LoopDirectIo {
  private final Kernel kernel;
  private final DirectIo directIo;
  private final Path devices;
  private final Path blockDevices;
  private final AttachmentReader attachments;
  private final StorageReader storages;

  /**
   * @param devices the directory of device nodes
   * @param sysRoot where sysfs is mounted
   * @param procRoot where procfs is mounted
   * @param mounts the mounts of this process
   */
  public HostDirectIo(
      Kernel kernel,
      DirectIo directIo,
      Path devices,
      Path sysRoot,
      Path procRoot,
      MountTable mounts) {
    this.kernel = kernel;
    this.directIo = directIo;
    this.devices = devices;
    blockDevices = sysRoot.resolve("block");
    attachments = new AttachmentReader(sysRoot, procRoot, mounts);
    storages = new StorageReader(kernel, directIo, sysRoot, mounts);
  }

  @Override
  public Diagnosis diagnose(LoopDevice device, BackingFile backing, OptionalLong residentBytes) {
    Optional<Contents> contents =
        CompressedImage.isOn(device, kernel, backing.file())
            ? Optional.of(Contents.NOT_RECOGNISED.asCompressed())
            : Optional.empty(); // other contents are not read
    return new DirectIoRule(
            attachments.read(device), storages.read(device, backing), contents, residentBytes)
        .diagnose();
  }

  @Override
  public Optional<RequestCounters> requests(LoopDevice device) {
    return AttachmentReader.text(blockDevices.resolve(device.name()).resolve("stat"))
        .flatMap(RequestCounters::parse);
  }

  @Override
  public void set(LoopDevice device, BackingFile backing, boolean on)
      throws KernelException, UnreachableException {
    byte[] node = devices.resolve(device.name()).toString().getBytes(ISO_8859_1);
    try (OpenFile opened = kernel.openLoopDevice(node)) {
      if (!kernel.loopStatus(opened).backing().equals(backing.stat().identity())) {
        throw new UnreachableException(
            UnreachableException.Kind.DETACHED, "another file is attached now");
      }
      if (on) {
        directIo.switchOn(opened);
      } else {
        directIo.switchOff(opened);
      }
    }
  }
}
