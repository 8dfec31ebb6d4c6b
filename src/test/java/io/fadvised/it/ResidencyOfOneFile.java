package io.fadvised.it;

import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.OpenFile;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.UnmeasurableException;
import java.nio.charset.StandardCharsets;

/** A main program for another user: prints the residency of a file as measured by fadvised. */
final class ResidencyOfOneFile {
  private ResidencyOfOneFile() {}

  public static void main(String[] args) throws Exception {
    LinuxKernel kernel = new LinuxKernel();
    try (OpenFile located = kernel.locate(args[0].getBytes(StandardCharsets.UTF_8));
        OpenFile file = kernel.openLocated(located)) {
      ByteRange range = ByteRange.ofFile(kernel.stat(file).sizeBytes());
      long resident =
          Measurement.of(
                  kernel,
                  file,
                  kernel.stat(file),
                  range,
                  new MeasuringMemory(0),
                  Measurement.UNLIMITED,
                  System::nanoTime)
              .total()
              .residentBytes();
      System.out.println("resident: " + resident);
    } catch (UnmeasurableException e) {
      System.out.println("unmeasurable: " + e.reason());
    }
  }
}
