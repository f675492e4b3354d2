import { existsSync } from 'node:fs';

/** Vulkan on the processor, as Debian's chromium brings it along. */
const SWIFT_SHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

if (process.env.VK_DRIVER_FILES === undefined && existsSync(SWIFT_SHADER)) {
  process.env.VK_DRIVER_FILES = SWIFT_SHADER;
}

/** Why WebGPU is not tested here, or undefined where a driver was named or found. */
export const withoutDriver: string | undefined =
  process.env.VK_DRIVER_FILES === undefined
    ? `no Vulkan driver (apt-get install chromium libvulkan1, or set VK_DRIVER_FILES)`
    : undefined;
