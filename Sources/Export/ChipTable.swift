// Written by scripts/firmware/chips from chips.json.

extension Chip {
  /// The chips that boards have.
  static let all: [Chip] = [
    Chip(
      name: "STM32F103", kernels: "portable",
      flash: ["8": 64, "B": 128, "C": 256, "D": 384, "E": 512, "F": 768, "G": 1024],
      banks: [
        Bank(
          name: "SRAM", dma: true,
          kilobytes: ["8": 20, "B": 20, "C": 48, "D": 64, "E": 64, "F": 96, "G": 96])
      ],
      camera: nil,
      reads: nil,
      whyNot: "no camera interface, and no room for QVGA beside the reader"),
    Chip(
      name: "STM32F401", kernels: "DSP",
      flash: ["B": 128, "C": 256, "D": 384, "E": 512],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["B": 64, "C": 64, "D": 96, "E": 96])
      ],
      camera: nil,
      reads: nil,
      whyNot: "no camera interface, and no room for QVGA beside the reader"),
    Chip(
      name: "STM32F405", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F407", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F410", kernels: "DSP",
      flash: ["8": 64, "B": 128],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 32])
      ],
      camera: nil,
      reads: nil,
      whyNot: "no camera interface, and no room for QVGA beside the reader"),
    Chip(
      name: "STM32F411", kernels: "DSP",
      flash: ["C": 256, "E": 512],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128])
      ],
      camera: nil,
      reads: nil,
      whyNot: "no camera interface, and no room for QVGA beside the reader"),
    Chip(
      name: "STM32F412", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 256])
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F413", kernels: "DSP",
      flash: ["G": 1024, "H": 1536],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 320])
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F415", kernels: "DSP",
      flash: ["G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F417", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F423", kernels: "DSP",
      flash: ["H": 1536],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 320])
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F427", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 192]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F429", kernels: "DSP",
      flash: ["E": 512, "G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 192]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F437", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 192]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F439", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 192]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F446", kernels: "DSP",
      flash: ["C": 256, "E": 512],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128])
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 256, height: 192),
      whyNot: ""),
    Chip(
      name: "STM32F469", kernels: "DSP",
      flash: ["E": 512, "G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 320]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F479", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 320]),
        Bank(name: "CCM", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "CCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32F746", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 256]),
        Bank(name: "DTCM", dma: true, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM", reader: "DTCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32H743", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "AXI SRAM", dma: true, kilobytes: ["": 512]),
        Bank(name: "DTCM", dma: false, kilobytes: ["": 128]),
        Bank(name: "SRAM12", dma: true, kilobytes: ["": 256]),
        Bank(name: "SRAM4", dma: false, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "AXI SRAM", reader: "DTCM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32L476", kernels: "DSP",
      flash: ["C": 256, "E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM1", dma: true, kilobytes: ["": 96]),
        Bank(name: "SRAM2", dma: true, kilobytes: ["": 32]),
      ],
      camera: nil,
      reads: Reads(
        image: "SRAM2", reader: "SRAM1", width: 200, height: 150),
      whyNot: ""),
    Chip(
      name: "STM32L496", kernels: "DSP",
      flash: ["E": 512, "G": 1024],
      banks: [
        Bank(name: "SRAM1", dma: true, kilobytes: ["": 256]),
        Bank(name: "SRAM2", dma: true, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM1", reader: "SRAM1", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32L4R5", kernels: "DSP",
      flash: ["G": 1024, "I": 2048],
      banks: [
        Bank(name: "SRAM3", dma: true, kilobytes: ["": 384]),
        Bank(name: "SRAM1", dma: true, kilobytes: ["": 192]),
        Bank(name: "SRAM2", dma: true, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM3", reader: "SRAM1", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "STM32L4S5", kernels: "DSP",
      flash: ["I": 2048],
      banks: [
        Bank(name: "SRAM3", dma: true, kilobytes: ["": 384]),
        Bank(name: "SRAM1", dma: true, kilobytes: ["": 192]),
        Bank(name: "SRAM2", dma: true, kilobytes: ["": 64]),
      ],
      camera: "DCMI",
      reads: Reads(
        image: "SRAM3", reader: "SRAM1", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "RP2040", kernels: "portable",
      flash: ["": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 256])
      ],
      camera: "PIO",
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "RP2350", kernels: "DSP",
      flash: ["": 2048],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 512])
      ],
      camera: "PIO",
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "ESP32", kernels: "portable",
      flash: ["": 4096],
      banks: [
        Bank(name: "DRAM", dma: true, kilobytes: ["": 160])
      ],
      camera: "I2S",
      reads: Reads(
        image: "DRAM", reader: "DRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "ESP32-S3", kernels: "portable",
      flash: ["": 8192],
      banks: [
        Bank(name: "DRAM", dma: true, kilobytes: ["": 264])
      ],
      camera: "LCD_CAM (DVP)",
      reads: Reads(
        image: "DRAM", reader: "DRAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "NRF52840", kernels: "DSP",
      flash: ["": 1024],
      banks: [
        Bank(name: "RAM", dma: true, kilobytes: ["": 256])
      ],
      camera: nil,
      reads: Reads(
        image: "RAM", reader: "RAM", width: 320, height: 240),
      whyNot: ""),
    Chip(
      name: "CH32V307", kernels: "portable",
      flash: ["": 256],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 64])
      ],
      camera: "DVP",
      reads: nil,
      whyNot: "64 KB: see CH32V307-128K"),
    Chip(
      name: "CH32V307-128K", kernels: "portable",
      flash: ["": 192],
      banks: [
        Bank(name: "SRAM", dma: true, kilobytes: ["": 128])
      ],
      camera: "DVP",
      reads: Reads(
        image: "SRAM", reader: "SRAM", width: 256, height: 192),
      whyNot: ""),
  ]
}
